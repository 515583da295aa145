"""Shares the cache of the Hugging Face Hub with the tests of test/integration/hub-python.test.ts.

find OWNER/NAME FILE...   prints where each file is, without asking the Hub
fetch OWNER/NAME FILE...  fetches each from HF_ENDPOINT, and prints where it is
"""

import json
import sys

from huggingface_hub import hf_hub_download, scan_cache_dir, snapshot_download

command, repository, *names = sys.argv[1:]
offline = command == "find"
files = [hf_hub_download(repository, name, local_files_only=offline) for name in names]
found = {"files": files}
if offline:
    found["snapshot"] = snapshot_download(repository, local_files_only=True)
cache = scan_cache_dir()
found["warnings"] = [str(warning) for warning in cache.warnings]
found["refs"] = sorted(
    f"{repo.repo_id} {ref} {revision.commit_hash}"
    for repo in cache.repos
    for revision in repo.revisions
    for ref in revision.refs
)
json.dump(found, sys.stdout)
