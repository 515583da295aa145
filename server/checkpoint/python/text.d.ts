/** Python sources are bundled as text; they are written beside a property child's config.json. */
declare module "*.py" {
  const source: string;
  export { source as default };
}
