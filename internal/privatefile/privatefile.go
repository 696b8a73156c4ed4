// Package privatefile keeps files that nobody but their owner may read: keys, keystores, signed transactions.
package privatefile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// Mode of the files and of the folders that hold them.
const (
	Mode       fs.FileMode = 0o600
	FolderMode fs.FileMode = 0o700
)

var (
	// ErrMode says that others may read the file.
	ErrMode = errors.New("privatefile: the file is open to others")
	// ErrExists says that Create found a file.
	ErrExists = errors.New("privatefile: the file exists")
	// ErrTooLarge says that the file is larger than what was expected of it.
	ErrTooLarge = errors.New("privatefile: the file is too large")
)

// Write replaces the file at path, or makes it, with mode 0600: whoever reads sees the old content or the new one, also
// after a crash. Missing folders are made with mode 0700.
func Write(path string, data []byte) error {
	return write(path, data, os.Rename)
}

// Create is Write for a file that must not exist yet; it fails with ErrExists.
func Create(path string, data []byte) error {
	return write(path, data, func(from, to string) error {
		// Link, unlike rename, does not replace.
		err := os.Link(from, to)
		if errors.Is(err, fs.ErrExist) {
			return fmt.Errorf("%w: %s", ErrExists, to)
		}
		if err == nil {
			err = os.Remove(from)
		}
		return err
	})
}

func write(path string, data []byte, place func(from, to string) error) (err error) {
	folder := filepath.Dir(path)
	if err := os.MkdirAll(folder, FolderMode); err != nil {
		return err
	}
	// CreateTemp makes files of mode 0600.
	f, err := os.CreateTemp(folder, "."+filepath.Base(path)+"-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(f.Name())
		}
	}()
	if _, err := f.Write(data); err != nil {
		_ = f.Close()
		return err
	}
	if err := f.Sync(); err != nil {
		_ = f.Close()
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	if err := place(f.Name(), path); err != nil {
		return err
	}
	return SyncFolder(folder)
}

// SyncFolder makes the entries of a folder durable.
func SyncFolder(folder string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(folder)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}

// Read returns the content of a file of at most limit bytes. It fails with ErrMode when group or others have any right to
// the file.
func Read(path string, limit int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("%w: %s has mode %04o; run: chmod 600 %s", ErrMode, path, info.Mode().Perm(), path)
	}
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(data)) > limit {
		return nil, fmt.Errorf("%w: %s has more than %d bytes", ErrTooLarge, path, limit)
	}
	return data, nil
}
