//go:build unix

package votelog

import (
	"os"
	"syscall"
)

// lock takes the exclusive lock that ends with the process or with closing the file.
func lock(f *os.File) error {
	return syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
}
