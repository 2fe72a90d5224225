#!/usr/bin/env node
'use strict';
require('../lib/workloads/cli/flowbench.js');
