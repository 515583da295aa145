/** Between the page of a .safetensors file and the extension host. */

export interface TensorEntry {
  readonly name: string;
  /** As the file says: "F32", "BF16", … */
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly sizeBytes: number;
}

export interface TensorFile {
  /** File name without its folder. */
  readonly name: string;
  readonly sizeBytes: number;
  /** The header's __metadata__. */
  readonly metadata: Readonly<Record<string, string>>;
  /** In the order of their bytes. */
  readonly tensors: readonly TensorEntry[];
  /** Names of the files that hold the checkpoint together, this one among them; [] where it is no shard. */
  readonly shards: readonly string[];
}

/** Of the finite values of one tensor. */
export interface TensorStatistics {
  readonly count: number;
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  /** Standard deviation over all values. */
  readonly std: number;
  /** Frobenius norm. */
  readonly norm: number;
  readonly zeros: number;
  /** NaN and infinities. */
  readonly notFinite: number;
  /** Values in bins of equal width from min to max. */
  readonly histogram: readonly number[];
}

/** A tensor as [rows, columns]: axes before the last are joined; cells are block means where it is larger. */
export interface TensorPicture {
  readonly rows: number;
  readonly columns: number;
  /** Of the tensor itself, joined to two axes. */
  readonly shape: readonly [number, number];
  /** First indices of the parts of a fused model's kernel; [] for one part. */
  readonly rowBorders: readonly number[];
  readonly columnBorders: readonly number[];
  /** Float32, row-major. */
  readonly values: ArrayBuffer;
}

/** Cells along an axis of a picture, at most. */
export const tensorPictureCells = 2048;

/** extension → page. */
export type ToTensors =
  | { readonly kind: "file"; readonly file: TensorFile }
  /** As if the user had chosen it; after "file". */
  | { readonly kind: "choose"; readonly name: string }
  /** The file cannot be read: why, and what would help. */
  | { readonly kind: "unreadable"; readonly message: string }
  | {
      readonly kind: "tensor";
      readonly name: string;
      readonly statistics: TensorStatistics;
      /** Absent for a scalar and an empty tensor. */
      readonly picture?: TensorPicture;
    }
  | { readonly kind: "tensor-failed"; readonly name: string; readonly message: string };

/** page → extension. */
export type FromTensors =
  /** The page listens from now on. */
  | { readonly kind: "ready" }
  /** Answered by "tensor" or "tensor-failed"; a newer one replaces what is under way. */
  | { readonly kind: "inspect"; readonly name: string }
  /** Opens another of the file's shards. */
  | { readonly kind: "open-shard"; readonly file: string }
  /** Asks the user where to, and writes it. */
  | { readonly kind: "save"; readonly fileName: string; readonly contents: string | ArrayBuffer };
