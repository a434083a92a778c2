/** Lists the folders in which the receipts of erasures are kept. */
import path from 'node:path';

export interface ReceiptConfig {
  readonly data_dir: string;
  readonly backup?: { readonly folder?: string | undefined };
}

/** Next to the database and next to the backups: a restore of either includes the receipts. */
export interface ReceiptFolders {
  readonly own: string;
  readonly besideBackups: string;
}

export function receiptFolders({ data_dir: data, backup }: ReceiptConfig): ReceiptFolders {
  return {
    own: path.join(data, 'erasures'),
    besideBackups: path.join(backup?.folder ?? path.join(data, 'backups'), 'erasures'),
  };
}
