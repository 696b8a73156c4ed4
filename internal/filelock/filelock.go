// Package filelock keeps two processes off one folder: an advisory lock on a file in it, held until
// the process ends, however it ends.
package filelock

import (
	"errors"
	"fmt"
	"os"
)

// ErrHeld means that another process holds the lock.
var ErrHeld = errors.New("another process holds the lock")

// Lock is a held lock.
type Lock struct{ file *os.File }

// Acquire takes the lock at path, creating the file (mode 0600) if needed. It does not wait: it
// returns [ErrHeld] when another process is there.
func Acquire(path string) (*Lock, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock: %w", err)
	}
	if err := lock(f); err != nil {
		f.Close()
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return &Lock{f}, nil
}

// Release gives the lock back. The file stays.
func (l *Lock) Release() error { return l.file.Close() }
