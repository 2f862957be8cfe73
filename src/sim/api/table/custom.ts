import type { ColumnDefinition } from '../registry/definition.ts';
import { ageOf, type Cell, type Column } from './columns.ts';
import { compilePath } from './json-path.ts';

/** additionalPrinterColumns of a CustomResourceDefinition. */
export const customColumns = (definitions: readonly ColumnDefinition[]): Column[] =>
  definitions.map(({ name, type, jsonPath, format, description, priority }) => {
    const path = compilePath(jsonPath);
    return {
      name,
      type: type as Column['type'],
      ...(format && { format }),
      description: description || `Custom resource definition column (in JSONPath format): ${jsonPath}`,
      priority: priority ?? 0,
      value(object, core) {
        const [value] = path(object);
        if (value === undefined) return null;
        if (type === 'date') return typeof value === 'string' ? ageOf(value, core) : '<unknown>';
        return cell(value, type);
      },
    };
  });

function cell(value: unknown, type: string): Cell {
  switch (type) {
    case 'integer':
    case 'number':
      return typeof value === 'number' ? value : null;
    case 'boolean':
      return typeof value === 'boolean' ? value : null;
    default:
      return typeof value === 'string' ? value : JSON.stringify(value);
  }
}
