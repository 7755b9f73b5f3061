import type { DuckDBAppender, DuckDBConnection } from '@duckdb/node-api';

/** Why a row is left out by the distances. */
export type DistanceReason = 'no_embedding' | 'near_duplicate' | 'cluster_quota';

/** Table `distances` (unit, left_out, near_duplicate_of, cluster): what the distances say of rows. */
export class DistanceTable {
  private constructor(private readonly appender: DuckDBAppender) {}

  static async create(connection: DuckDBConnection): Promise<DistanceTable> {
    await connection.run(
      'CREATE TABLE distances (unit INTEGER, left_out VARCHAR, near_duplicate_of INTEGER, cluster INTEGER)',
    );
    return new DistanceTable(await connection.createAppender('distances'));
  }

  append(
    unit: number,
    reason: DistanceReason | null,
    { of, cluster }: { readonly of?: number; readonly cluster?: number } = {},
  ): void {
    this.appender.appendInteger(unit);
    if (reason === null) this.appender.appendNull();
    else this.appender.appendVarchar(reason);
    for (const number of [of, cluster]) {
      if (number === undefined) this.appender.appendNull();
      else this.appender.appendInteger(number);
    }
    this.appender.endRow();
  }

  finish(): void {
    this.appender.closeSync();
  }
}
