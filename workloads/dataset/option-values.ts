import { FlowbenchError } from '../model/errors.js';

/** A number given as an option. Throws `configuration` naming option and value. */
export function numberOption(name: string, text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value)) return value;
  throw new FlowbenchError('configuration', `${name} ${text} is not a number.`);
}

const UNITS: Readonly<Record<string, number>> = { '': 1, B: 1, KB: 1e3, MB: 1e6, GB: 1e9, KIB: 1024, MIB: 1024 ** 2, GIB: 1024 ** 3 };

/** A size with its unit (`2GB`, `1.5 GiB`) in bytes. Throws `configuration` naming option and value. */
export function sizeOption(name: string, text: string): number {
  const [, number = '', unit = ''] = /^\s*(\d+(?:\.\d+)?)\s*([KMG]?I?B)?\s*$/i.exec(text) ?? [];
  const factor = UNITS[unit.toUpperCase()];
  if (number !== '' && factor !== undefined) return Math.floor(Number(number) * factor);
  throw new FlowbenchError('configuration', `${name} ${text} is not a size.`, { remedy: 'Write a number and a unit, for instance 2GB or 1500MB.' });
}
