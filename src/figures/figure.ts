/** A Plotly trace: what Sightline sets of it by name, and whatever else Plotly takes. */
export type Trace = Readonly<Record<string, unknown>> & { readonly type: string };

export interface Layout extends Readonly<Record<string, unknown>> {
  readonly width: number;
  readonly height: number;
}

/** A Plotly figure as plain data: shown in a notebook, written into a report, exported for print. */
export interface Figure {
  readonly data: readonly Trace[];
  readonly layout: Layout;
}
