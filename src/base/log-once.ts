/** Reports a fault once until it is over: a loop that fails every second must not fill the log. */
interface LogOnce {
  /** Reports only the first failure in a row. */
  failed(error: unknown): void;
  /** Ends the row; reports the recovery when a failure was reported before. */
  succeeded(): void;
}

export function createLogOnce(onFault: (error: unknown) => void, onRecovery?: () => void): LogOnce {
  let isFailing = false;
  return {
    failed(error) {
      if (isFailing) return;
      isFailing = true;
      onFault(error);
    },
    succeeded() {
      if (!isFailing) return;
      isFailing = false;
      onRecovery?.();
    },
  };
}
