/** A Plotly trace: what Sightline sets of it by name, and whatever else Plotly takes. */
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
