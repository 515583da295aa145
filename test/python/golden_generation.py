"""What transformers generates, greedily and with beams, for the cases that write-t5-cases.ts wrote.

Usage: golden_generation.py CASES OUTPUT

Writes OUTPUT: for each case the tokens of its first example's answers (without start and padding), the best first,
and the scores of the beams. So that answers end, at all lengths, the end of sequence is a token that the model likes:
the sixth of what it gives greedily.
"""

import json
import sys
from pathlib import Path

import torch
import transformers
from transformers import T5ForConditionalGeneration

TOKENS = 20
SEARCHES = {
    "greedy": {"num_beams": 1},
    "beams": {"num_beams": 3, "num_return_sequences": 3, "length_penalty": 1.0},
    "short": {"num_beams": 4, "num_return_sequences": 4, "length_penalty": 0.0},
    "long": {"num_beams": 2, "num_return_sequences": 2, "length_penalty": 2.0},
}


def answers(model, folder, search, end=None):
    batch = json.loads((folder / "batch.json").read_text())
    ids = torch.tensor(batch["input_ids"][: batch["inputs"]])
    if batch["masked"]:
        ids = ids[torch.tensor(batch["attention_mask"][: batch["inputs"]]) == 1]
    result = model.generate(
        ids[None],
        attention_mask=torch.ones_like(ids)[None],
        do_sample=False,
        eos_token_id=end,
        use_cache=False,  # its size follows the encoder, whatever the depth of the decoder
        max_new_tokens=TOKENS,
        return_dict_in_generate=True,
        output_scores=True,
        **search,
    )
    scores = result.get("sequences_scores")
    return {
        "tokens": [ended(row[1:], end) for row in result.sequences.tolist()],
        "scores": None if scores is None else scores.tolist(),
    }


def ended(tokens, end):
    """Up to the first end of sequence: what follows is padding."""
    return tokens[: tokens.index(end) + 1] if end in tokens else tokens


def main(cases, output):
    golden = {"transformers": transformers.__version__, "max_new_tokens": TOKENS, "cases": {}}
    for folder in sorted(cases.iterdir()):
        model = T5ForConditionalGeneration.from_pretrained(folder, dtype=torch.float32).eval()
        model.generation_config.eos_token_id = None
        end = answers(model, folder, SEARCHES["greedy"])["tokens"][0][5]
        found = {name: answers(model, folder, search, end) for name, search in SEARCHES.items()}
        golden["cases"][folder.name] = {"eos": end, **found}
    output.write_text(json.dumps(golden) + "\n")


if __name__ == "__main__":
    torch.set_num_threads(1)
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    with torch.no_grad():
        main(Path(sys.argv[1]), Path(sys.argv[2]))
