//go:build !unix

package votelog

import (
	"errors"
	"os"
)

// lock refuses: without an exclusive lock two processes could sign contradicting votes.
func lock(*os.File) error { return errors.ErrUnsupported }
