import { DuckDBSession } from '../../duckdb/session.js';

// Imported before all but the signal handlers: the engine takes shape in a thread of its own while the other modules are loaded.
DuckDBSession.startEarly();
