/** Where the receipts of erasures are kept. */
import path from 'node:path';

export interface ReceiptConfig {
  readonly data_dir: string;
  readonly backup?: { readonly folder?: string | undefined };
}

/** Beside the database and beside the backups: whichever of them comes back has the receipts with it. */
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
