import { explained } from '../../workloads/cloud/aws-failure.js';
import { FlowbenchError } from '../../workloads/model/errors.js';

const thrown = (name: string, message: string, more: object = {}): Error => Object.assign(new Error(message), { name }, more);

describe('a failure of AWS', () => {
  it.each([
    ['CredentialsProviderError', {}, /^AWS does not know you: why\. Log in/],
    ['UnauthorizedOperation', { $metadata: {} }, /^AWS does not allow it: why\. The message names the action/],
    ['Error', { code: 'ECONNREFUSED' }, /^AWS cannot be reached: why\. Check the network/],
    ['ThrottlingException', { $metadata: {} }, /^AWS answered ThrottlingException: why\./],
  ])('%s is a sentence with what to do', async (name, more, sentence) => {
    const error: unknown = await explained(Promise.reject(thrown(name, 'why.', more))).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(FlowbenchError);
    expect((error as FlowbenchError).sentence).toMatch(sentence);
  });

  it('is left as it is when it is none, or is a sentence already', async () => {
    const [defect, said] = [new TypeError('x is undefined'), new FlowbenchError('configuration', 'said.')];
    await expect(explained(Promise.reject(defect))).rejects.toBe(defect);
    await expect(explained(Promise.reject(said))).rejects.toBe(said);
    await expect(explained(Promise.resolve(1))).resolves.toBe(1);
  });
});
