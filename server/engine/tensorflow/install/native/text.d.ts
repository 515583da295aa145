/** C++ sources are bundled as text; the compiler gets them when an engine is set up. */
declare module "*.cc" {
  const source: string;
  export { source as default };
}
