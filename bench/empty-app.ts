import { App, TerraformStack } from 'cdktf';

/** The least that a CDKTF app can be: what it costs is what every app pays. */
const app = new App();
new TerraformStack(app, 'empty-stack');
app.synth();
