import { StandInRunner } from '../fixtures/driver/stand-in.js';
import { describeEngineContract } from './contract.js';

const runner = (): StandInRunner => new StandInRunner();

describeEngineContract('a driver program', {
  runner,
  labelStartsWith: 'Stand-in ',
  context: { variant: 'default' },
  slow: { runner, query: { id: 'Q1', text: 'forever' } },
  failing: { runner, query: { id: 'Q1', text: 'fail the planted failure' } },
  wide: { id: 'Q1', text: 'rows 1000' },
  isProgram: true,
});
