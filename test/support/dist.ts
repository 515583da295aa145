/** Where the bundles under test are; test/support/build.ts has built them. */

export function distUrl(name: string): URL {
  return new URL(`../../dist/${name}`, import.meta.url);
}
