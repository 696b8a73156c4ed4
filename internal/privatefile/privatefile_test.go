package privatefile_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/sage-network/sage-node/internal/privatefile"
)

func TestWriteAndRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a", "b", "secret")
	for _, content := range []string{"one", "two"} {
		if err := privatefile.Write(path, []byte(content)); err != nil {
			t.Fatal(err)
		}
		got, err := privatefile.Read(path, 3)
		if err != nil || string(got) != content {
			t.Errorf("got %q, %v, want %q", got, err, content)
		}
	}
	for p, want := range map[string]os.FileMode{path: 0o600, filepath.Dir(path): 0o700} {
		if info, err := os.Stat(p); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s has mode %v, want %v (%v)", p, info.Mode().Perm(), want, err)
		}
	}
	if err := privatefile.Create(path, []byte("three")); !errors.Is(err, privatefile.ErrExists) {
		t.Errorf("Create over a file: %v, want ErrExists", err)
	}
	if _, err := privatefile.Read(path, 2); !errors.Is(err, privatefile.ErrTooLarge) {
		t.Errorf("a limit of 2: %v, want ErrTooLarge", err)
	}
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	if _, err := privatefile.Read(path, 3); !errors.Is(err, privatefile.ErrMode) {
		t.Errorf("mode 0640: %v, want ErrMode", err)
	}
	// Nothing is left of failed attempts.
	if entries, err := os.ReadDir(filepath.Dir(path)); err != nil || len(entries) != 1 {
		t.Errorf("the folder holds %v (%v)", entries, err)
	}
}
