/** A Plotly trace: the fields that Sightline sets, and any others that Plotly takes. */
export type Trace = Readonly<Record<string, unknown>> & { readonly type: string };

export interface Layout extends Readonly<Record<string, unknown>> {
  readonly width: number;
  readonly height: number;
}

/** A Plotly figure as plain data, to show in a notebook, write into a report or export. */
export interface Figure {
  /** Plotly traces. */
  readonly data: readonly Trace[];
  /** The Plotly layout; width and height in pixels. */
  readonly layout: Layout;
}
