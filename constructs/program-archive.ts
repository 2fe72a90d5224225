import { AssetType, TerraformAsset } from 'cdktf';
import { type Construct } from 'constructs';
import { existsSync } from 'node:fs';

/**
 * A program as one archive beside the stack. The build has made it already, the same for the same files; packing
 * a folder at synthesis starts a process for each and costs more time than all stacks together.
 *
 * @param folder of the program; `<folder>.zip` is taken where the build has put one
 */
export function programArchive(scope: Construct, id: string, folder: string): TerraformAsset {
  const packed = `${folder}.zip`;
  return existsSync(packed) ? new TerraformAsset(scope, id, { path: packed, type: AssetType.FILE }) : new TerraformAsset(scope, id, { path: folder, type: AssetType.ARCHIVE });
}
