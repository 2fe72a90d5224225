import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { S3Credentials } from '../../model/s3-access.js';

/**
 * Hands S3 credentials to a child by the protocol that the AWS SDK uses in containers: it asks again before
 * they expire, and no key stands in a file or in an environment. On loopback, for who knows the token.
 */
export class CredentialsEndpoint {
  private constructor(
    private readonly server: Server,
    private readonly token: string,
  ) {}

  static async serve(credentials: () => Promise<S3Credentials>): Promise<CredentialsEndpoint> {
    const token = randomBytes(24).toString('hex');
    const server = createServer((request, response) => {
      if (request.headers.authorization !== token) {
        response.writeHead(401).end();
        return;
      }
      credentials().then(
        (keys) => { response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(asContainersDo(keys))); },
        () => { response.writeHead(503).end(); },
      );
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    server.unref();
    return new CredentialsEndpoint(server, token);
  }

  /** What a child must have in its environment, and nothing else that the SDK would look at before. */
  environment(): Record<string, string> {
    const { port } = this.server.address() as AddressInfo;
    return {
      AWS_CONTAINER_CREDENTIALS_FULL_URI: `http://127.0.0.1:${port}/credentials`, AWS_CONTAINER_AUTHORIZATION_TOKEN: this.token,
      AWS_EC2_METADATA_DISABLED: 'true', AWS_SHARED_CREDENTIALS_FILE: '/dev/null', AWS_CONFIG_FILE: '/dev/null',
    };
  }

  close(): void {
    this.server.close();
    this.server.closeAllConnections();
  }
}

/** Those that do not expire are asked for again in an hour all the same: the protocol wants an end. */
function asContainersDo({ accessKeyId, secretAccessKey, sessionToken, expiresAt }: S3Credentials): Record<string, string> {
  const expiration = expiresAt ?? new Date(Date.now() + 3_600_000);
  return { AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey, Expiration: expiration.toISOString(), ...(sessionToken === undefined ? {} : { Token: sessionToken }) };
}
