import { expect, test } from "vitest";
import { withHugePages } from "../../server/engine/huge-pages";

test("huge pages are asked for beside what the user has set, who has the last word on them", () => {
  const tunables = (given?: string) => withHugePages({ GLIBC_TUNABLES: given }).GLIBC_TUNABLES;
  expect(tunables()).toBe("glibc.malloc.hugetlb=1");
  expect(tunables("glibc.malloc.check=1")).toBe("glibc.malloc.check=1:glibc.malloc.hugetlb=1");
  expect(tunables("glibc.malloc.hugetlb=0")).toBe("glibc.malloc.hugetlb=0");
});
