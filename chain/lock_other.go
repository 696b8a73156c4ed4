//go:build !unix

package chain

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"
)

// lockFile takes an exclusive lock by making a file, which a crash leaves behind: remove it by hand then.
func lockFile(ctx context.Context, path string) (unlock func(), err error) {
	retry := time.NewTicker(20 * time.Millisecond)
	defer retry.Stop()
	for {
		f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
		if err == nil {
			return func() {
				_ = f.Close()
				_ = os.Remove(path)
			}, nil
		}
		if !errors.Is(err, os.ErrExist) {
			return nil, fmt.Errorf("lock %s: %w", path, err)
		}
		select {
		case <-retry.C:
		case <-ctx.Done():
			return nil, fmt.Errorf("another process sends from this account (or died; then remove %s): %w", path, context.Cause(ctx))
		}
	}
}
