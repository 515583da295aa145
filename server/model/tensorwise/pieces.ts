/** Compiles each piece of a model once for each shape, and runs it. What it compiled goes with the engine. */
import type { CompiledFunction, Engine, HostTensors, PureFunction } from "../../engine/engine";

export class Pieces {
  private readonly compiled = new Map<string, Promise<CompiledFunction>>();

  constructor(private readonly engine: Engine) {}

  /**
   * @param key tells pieces apart that have the same inputs
   * @param make is called for shapes that have not been there yet
   */
  async run(key: string, make: () => PureFunction, inputs: HostTensors): Promise<Float32Array> {
    const shapes = Object.values(inputs).map(({ length }) => length);
    const whole = `${key} ${shapes.join()}`;
    const compiled = this.compiled.get(whole) ?? this.engine.compileFunction(make());
    this.compiled.set(whole, compiled);
    const store = this.engine.allocate({});
    try {
      const { y } = await (await compiled).run(store, inputs);
      if (y instanceof Float32Array) return y;
      throw new TypeError(`Cannot run ${key}: the engine gave no float32 tensor`);
    } finally {
      store.dispose();
    }
  }
}
