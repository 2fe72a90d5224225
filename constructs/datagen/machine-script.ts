import { MACHINE_ENDINGS, MACHINE_TAGS, machineLogStream } from '../../workloads/model/generator-size.js';

export interface MachineScriptProps {
  readonly region: string;
  readonly bucketName: string;
  /** Archive of the program, in the bucket. */
  readonly programKey: string;
  readonly logGroupName: string;
  /** Path of the parameters that hold the id of each dataset. */
  readonly parameterPath: string;
}

/** Minutes a machine may take until it knows what it is for. */
const FIRST_MINUTES = 60;

/**
 * What a machine does from its first second: sets its own end, installs, generates, verifies, uploads, compares
 * what arrived with the manifest, tells the id, and ends itself, whatever happened.
 *
 * A variable of the same name replaces what a machine has and another place does not: FLOWBENCH_INSTALL (the
 * command that installs packages), FLOWBENCH_SHUTDOWN, FLOWBENCH_ROOT, and, instead of its metadata,
 * FLOWBENCH_INSTANCE_ID, FLOWBENCH_SCALE_FACTOR, FLOWBENCH_NUMERIC and FLOWBENCH_MOST_MINUTES. AWS_ENDPOINT_URL
 * is the tools' own.
 */
export function machineScript(props: MachineScriptProps): string {
  return [...machineVariables(props), machineBody()].join('');
}

/** First lines of the script, in pieces: what the deploy knows stands alone in its piece, as Terraform composes them. */
export function machineVariables(props: MachineScriptProps): string[] {
  const lines = {
    'export AWS_DEFAULT_REGION': props.region,
    BUCKET: props.bucketName,
    PROGRAM_KEY: props.programKey,
    LOG_GROUP: props.logGroupName,
    PARAMETERS: props.parameterPath,
  };
  return ['#!/bin/bash\n', ...Object.entries(lines).flatMap(([name, value]) => [`${name}=`, value, '\n'])];
}

/** The rest of the script, the same for everybody. */
export function machineBody(): string {
  return [HEADER, FUNCTIONS, shipFunction(), COMPARE, main()].join('\n');
}

const HEADER = String.raw`
set -o pipefail
export AWS_PAGER= AWS_MAX_ATTEMPTS=8 AWS_RETRY_MODE=standard
[ -n "$FLOWBENCH_SHUTDOWN" ] || FLOWBENCH_SHUTDOWN=shutdown
[ -n "$FLOWBENCH_INSTALL" ] || FLOWBENCH_INSTALL=install_packages
[ -n "$FLOWBENCH_ROOT" ] || FLOWBENCH_ROOT=/var/lib/flowbench
[ -n "$FLOWBENCH_PYTHON" ] || FLOWBENCH_PYTHON=python3.11
[ -n "$HOME" ] || export HOME=/root
[ -n "$XDG_CACHE_HOME" ] || export XDG_CACHE_HOME="$FLOWBENCH_ROOT/cache"
$FLOWBENCH_SHUTDOWN -h +${FIRST_MINUTES}
mkdir -p "$FLOWBENCH_ROOT" || { $FLOWBENCH_SHUTDOWN -h now; exit 1; }
LOG="$FLOWBENCH_ROOT/datagen.log"
exec >>"$LOG" 2>&1
STEP="reading what to make"`;

const FUNCTIONS = String.raw`
about() {
  TOKEN=$(curl -sf --retry 5 -X PUT -H "X-aws-ec2-metadata-token-ttl-seconds: 60" http://169.254.169.254/latest/api/token) &&
    curl -sf --retry 5 -H "X-aws-ec2-metadata-token: $TOKEN" "http://169.254.169.254/latest/meta-data/$1"
}

install_packages() {
  dnf install -y -q nodejs22 nodejs22-npm python3.11 python3.11-pip && alternatives --set node /usr/bin/node-22
}

again() {
  for pause in 5 15 45 0; do
    "$@" && return 0
    [ "$pause" = 0 ] || { echo "$1 failed, again in $pause s"; sleep "$pause"; }
  done
  return 1
}`;

/** Sends the lines of the log that were not sent yet, and remembers how far it came only when they arrived. */
function shipFunction(): string {
  return String.raw`
ship() {
  python3 - "$LOG" "$FLOWBENCH_ROOT/shipped" >"$FLOWBENCH_ROOT/events.json" <<'PYTHON'
import json, os, sys, time
log, mark = sys.argv[1:]
start = int(open(mark).read()) if os.path.exists(mark) else 0
with open(log, 'rb') as file:
    file.seek(start)
    lines = file.read(200000).split(b'\n')[:-1][:2000]
now = int(time.time() * 1000)
text = [line.decode('utf-8', 'replace').split('\r')[-1] for line in lines]
json.dump([{'timestamp': now, 'message': line} for line in text if line.strip()], sys.stdout)
open(mark + '.next', 'w').write(str(start + sum(len(line) + 1 for line in lines)))
PYTHON
  if [ "$(cat "$FLOWBENCH_ROOT/events.json")" != "[]" ]; then
    aws logs put-log-events --log-group-name "$LOG_GROUP" --log-stream-name "$STREAM" --log-events "file://$FLOWBENCH_ROOT/events.json" >/dev/null 2>"$FLOWBENCH_ROOT/ship.err" || return 1
  fi
  mv "$FLOWBENCH_ROOT/shipped.next" "$FLOWBENCH_ROOT/shipped"
}

finish() {
  code=$?
  set +e
  [ "$code" = 0 ] && echo "${MACHINE_ENDINGS.done} $DATASET_ID" || echo "${MACHINE_ENDINGS.failed} while $STEP"
  touch "$FLOWBENCH_ROOT/finished"
  [ -z "$SHIPPER" ] || wait "$SHIPPER"
  if [ -n "$STREAM" ]; then
    for round in 1 2 3 4 5 6 7 8 9; do ship; done
  fi
  $FLOWBENCH_SHUTDOWN -h now
}
trap finish EXIT
trap 'exit 143' TERM INT`;
}

/** What lies in the bucket against what the manifest names: a file missing, left over or of another size ends the run. */
const COMPARE = String.raw`
compare() {
  aws s3api list-objects-v2 --bucket "$BUCKET" --prefix "$PREFIX/" --output json >"$FLOWBENCH_ROOT/listing.json" &&
    python3 - "$1" "$FLOWBENCH_ROOT/listing.json" "$PREFIX/" <<'PYTHON'
import json, sys
manifest, listing, prefix = sys.argv[1:]
there = {item['Key'][len(prefix):]: item['Size'] for item in json.load(open(listing)).get('Contents', [])}
wanted = {file['name']: file['size_bytes'] for table in json.load(open(manifest))['tables'].values() for file in table['files']}
found = {name: size for name, size in there.items() if not name.startswith('_flowbench/')}
wrong = sorted(name for name in {**wanted, **found} if wanted.get(name) != found.get(name))
answers = sum(name.startswith('_flowbench/answers/') for name in there)
for name in wrong[:20]:
    print(f'{name}: {wanted.get(name)} bytes in the manifest, {found.get(name)} in the bucket')
if answers != 22:
    print(f'{answers} answers in the bucket, not 22')
sys.exit(1 if wrong or answers != 22 else 0)
PYTHON
}`;

function main(): string {
  return String.raw`
set -e
[ -n "$FLOWBENCH_INSTANCE_ID" ] || FLOWBENCH_INSTANCE_ID=$(about instance-id)
[ -n "$FLOWBENCH_SCALE_FACTOR" ] || FLOWBENCH_SCALE_FACTOR=$(about tags/instance/${MACHINE_TAGS.scaleFactor})
[ -n "$FLOWBENCH_NUMERIC" ] || FLOWBENCH_NUMERIC=$(about tags/instance/${MACHINE_TAGS.numeric})
[ -n "$FLOWBENCH_MOST_MINUTES" ] || FLOWBENCH_MOST_MINUTES=$(about tags/instance/${MACHINE_TAGS.mostMinutes})
$FLOWBENCH_SHUTDOWN -c || true
$FLOWBENCH_SHUTDOWN -h +"$FLOWBENCH_MOST_MINUTES"
PREFIX="tpch/sf$FLOWBENCH_SCALE_FACTOR"
[ "$FLOWBENCH_NUMERIC" = decimal ] || PREFIX="$PREFIX-$FLOWBENCH_NUMERIC"
STREAM="${machineLogStream('$PREFIX', '$FLOWBENCH_INSTANCE_ID')}"
STEP="opening the log"
aws logs create-log-stream --log-group-name "$LOG_GROUP" --log-stream-name "$STREAM" || aws logs describe-log-streams --log-group-name "$LOG_GROUP" --log-stream-name-prefix "$STREAM" >/dev/null
(until [ -e "$FLOWBENCH_ROOT/finished" ]; do sleep 3; ship || true; done) &
SHIPPER=$!

STEP="installing packages"
echo "Machine $FLOWBENCH_INSTANCE_ID makes $PREFIX; it ends within $FLOWBENCH_MOST_MINUTES minutes."
again $FLOWBENCH_INSTALL
STEP="fetching the program"
PROGRAM="$FLOWBENCH_ROOT/program"
again aws s3 cp --no-progress "s3://$BUCKET/$PROGRAM_KEY" "$FLOWBENCH_ROOT/program.zip"
python3 -m zipfile -e "$FLOWBENCH_ROOT/program.zip" "$PROGRAM"
STEP="installing the program"
cd "$PROGRAM"
# Not --omit=optional: the database's binaries are optional packages, one per platform.
again npm install --omit=dev --omit=peer --no-audit --no-fund --loglevel=error
flowbench() { node "$PROGRAM/bin/flowbench.js" "$@"; }

OUT="$FLOWBENCH_ROOT/data/$PREFIX"
[ -n "$FLOWBENCH_MEMORY" ] || FLOWBENCH_MEMORY="$(awk '/^MemTotal/ { print int($2 / 2048) }' /proc/meminfo)MB"
STEP="generating"
flowbench datagen --sf "$FLOWBENCH_SCALE_FACTOR" --numeric "$FLOWBENCH_NUMERIC" --out "$OUT" --memory "$FLOWBENCH_MEMORY" --python "$FLOWBENCH_PYTHON"
STEP="verifying"
flowbench dataset verify "$OUT" --memory "$FLOWBENCH_MEMORY"
MANIFEST="$OUT/_flowbench/manifest.json"
DATASET_ID=$(python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["dataset_id"])' "$MANIFEST")

STEP="uploading"
TARGET="s3://$BUCKET/$PREFIX"
# Without its manifest it is no dataset: gone first, back last.
aws s3 rm --quiet "$TARGET/_flowbench/manifest.json"
again aws s3 sync --only-show-errors --delete --exclude "_flowbench/manifest.json" --exclude "_flowbench/lock*" --exclude "_flowbench/work/*" "$OUT" "$TARGET"
STEP="comparing the upload with the manifest"
compare "$MANIFEST"
again aws s3 cp --no-progress "$MANIFEST" "$TARGET/_flowbench/manifest.json"
STEP="telling the id"
again aws ssm put-parameter --name "$PARAMETERS/$PREFIX" --value "$DATASET_ID" --overwrite >/dev/null
exit 0
`;
}
