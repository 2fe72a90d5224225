/** Numbers of the fields in Parquet's footer (parquet.thrift) that cutting and writing files need to know. */
export const FILE_META = { version: 1, schema: 2, rows: 3, rowGroups: 4, createdBy: 6 } as const;
export const ROW_GROUP = { columns: 1, totalBytes: 2, rows: 3, fileOffset: 5, totalCompressed: 6, ordinal: 7 } as const;
export const COLUMN_CHUNK = { fileOffset: 2, metaData: 3, offsetIndexOffset: 4, offsetIndexLength: 5, columnIndexOffset: 6, columnIndexLength: 7 } as const;
export const COLUMN_META = {
  type: 1, encodings: 2, path: 3, codec: 4, values: 5, totalUncompressed: 6, totalCompressed: 7,
  dataPageOffset: 9, indexPageOffset: 10, dictionaryPageOffset: 11, bloomOffset: 14, bloomLength: 15,
} as const;
export const SCHEMA_ELEMENT = { type: 1, repetition: 3, name: 4, children: 5, convertedType: 6 } as const;

export const MAGIC = Buffer.from('PAR1');
/** Length of the footer, then the magic bytes. */
export const TAIL_BYTES = 8;
