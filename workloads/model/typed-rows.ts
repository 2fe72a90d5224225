import * as z from 'zod';

/**
 * A query result that every engine's rows are brought into, so that answers compare by value and not by
 * how a client prints them. Values are canonical text: integers and decimals in plain notation (a decimal
 * with exactly its scale's digits), doubles in the shortest form that reads back equal, dates as
 * YYYY-MM-DD, booleans as true/false; SQL NULL is null.
 */
export const columnTypeSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('integer') }),
  z.strictObject({ kind: z.literal('decimal'), precision: z.int().positive(), scale: z.int().nonnegative() }),
  z.strictObject({ kind: z.literal('double') }),
  z.strictObject({ kind: z.literal('string') }),
  z.strictObject({ kind: z.literal('date') }),
  z.strictObject({ kind: z.literal('boolean') }),
]);
export type ColumnType = z.infer<typeof columnTypeSchema>;

export const typedRowsSchema = z.strictObject({
  columns: z.array(z.strictObject({ name: z.string(), type: columnTypeSchema })),
  rows: z.array(z.array(z.string().nullable())),
});
export type TypedRows = z.infer<typeof typedRowsSchema>;
export type Row = readonly (string | null)[];
