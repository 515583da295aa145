import { describe, expect, it } from "vitest";
import { reportPage } from "../../server/commands/report-page";
import type { ReportPayload } from "../../server/protocol/report";

const hostile = `</script><script>alert(1)</script><!--"'&`;
const payload: ReportPayload = {
  version: 1,
  createdBy: "test",
  createdAt: "1970-01-01T00:00:00Z",
  runs: [
    {
      name: hostile,
      createdBy: hostile,
      startedAt: "",
      engine: "graph",
      device: "cpu",
      threads: 1,
      stages: [],
      comparisons: [],
      conclusions: [],
    },
  ],
};
const html = reportPage({ payload, script: "run(); '</script>'", style: "p { margin: 0 }" });

describe("reportPage()", () => {
  it("lets no name out of its place", () => {
    expect(html.match(/<script/g)).toHaveLength(2);
    expect(html).not.toContain("<!--");
    expect(html).not.toContain("alert(1)</script>");
  });

  it("carries the payload as it is", () => {
    const [, json] = /id="payload">(.*?)<\/script>/s.exec(html)!;
    expect(JSON.parse(json!)).toEqual(payload);
  });

  it("allows its own script and style by their hashes, and nothing else", () => {
    const [, policy] = /Content-Security-Policy" content="([^"]+)"/.exec(html)!;
    expect(policy).toMatch(
      /^default-src 'none'; script-src 'sha256-[\w+/=]+'; style-src 'sha256-[\w+/=]+'; img-src data:; base-uri 'none'; form-action 'none'$/,
    );
  });
});
