/** How often a property is tried: the usual number, times PROPERTY_RUNS for a long run at night. */
export const runs = (usual: number): number => usual * Number(process.env.PROPERTY_RUNS ?? 1);
