//go:build !unix

package sqlite

import (
	"errors"
	"fmt"
	"os"
)

// lockFile refuses: without a lock, two coordinators could hand out the same tasks.
func lockFile(path string) (*os.File, error) {
	return nil, fmt.Errorf("lock %s: file locks are not supported on this system: %w", path, errors.ErrUnsupported)
}
