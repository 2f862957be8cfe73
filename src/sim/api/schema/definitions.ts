import { lazy, readGenerated } from './generated.ts';
import type { JsonSchema } from './json-schema.ts';

/** Every definition of the built-in API by name, as `io.k8s.api.apps.v1.Deployment`; without descriptions. Read at first use (5 ms). */
export const definitions = lazy(() => readGenerated('sim/api/schema/gen/definitions.json.gz') as Record<string, JsonSchema>);
