import { crc32, deflateRawSync } from 'node:zlib';

const LOCAL_HEADER = 0x04034b50;
const CENTRAL_HEADER = 0x02014b50;
const END = 0x06054b50;
const VERSION = 20;
const UTF8_NAMES = 0x0800;
const DEFLATED = 8;
/** 1 January 1980, the earliest: the same files make the same archive on any day. */
const DATE = 0x0021;
const UNIX = 3 << 8;
const MODE = (0o100644 << 16) >>> 0;
const MOST_ENTRIES = 0xffff;

/** A zip archive of files given as path → content, as CodeBuild takes for a source. Below 4 GB and 65,535 files. */
export function zipArchive(files: ReadonlyMap<string, Buffer>): Buffer {
  if (files.size > MOST_ENTRIES) throw new RangeError(`${files.size} files are too many for a zip archive`);
  const local: Buffer[] = [];
  const central: Buffer[] = [];
  let offset = 0;
  for (const [path, content] of files) {
    const name = Buffer.from(path, 'utf8');
    const compressed = deflateRawSync(content);
    const common = commonHeader(content, compressed, name);
    const header = Buffer.concat([uint32(LOCAL_HEADER), common, name]);
    central.push(uint32(CENTRAL_HEADER), uint16(UNIX | VERSION), common, Buffer.alloc(6), uint32(MODE), uint32(offset), name);
    local.push(header, compressed);
    offset += header.length + compressed.length;
  }
  const directory = Buffer.concat(central);
  const end = Buffer.concat([uint32(END), Buffer.alloc(4), uint16(files.size), uint16(files.size), uint32(directory.length), uint32(offset), Buffer.alloc(2)]);
  return Buffer.concat([...local, directory, end]);
}

/** What both headers of a file share; the extra field is empty. */
function commonHeader(content: Buffer, compressed: Buffer, name: Buffer): Buffer {
  return Buffer.concat([
    uint16(VERSION), uint16(UTF8_NAMES), uint16(DEFLATED), uint16(0), uint16(DATE),
    uint32(crc32(content)), uint32(compressed.length), uint32(content.length), uint16(name.length), uint16(0),
  ]);
}

function uint16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
