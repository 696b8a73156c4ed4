package dlogtable_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/sage-network/sage-node/elgamal"
	"github.com/sage-network/sage-node/privacy/dlogtable"
)

const bits = 10

// find decrypts a value of its own and closes the table.
func find(t *testing.T, table *dlogtable.Table) {
	t.Helper()
	key, err := elgamal.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	c, err := elgamal.Encrypt(nil, key.Public(), 123_456)
	if err != nil {
		t.Fatal(err)
	}
	if v, err := table.Find(t.Context(), key.Message(c), 1<<20); err != nil || v != 123_456 {
		t.Errorf("found %d, %v", v, err)
	}
	if err := table.Close(); err != nil {
		t.Error(err)
	}
}

func TestOpen(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "cache")
	path := filepath.Join(folder, "dlog-10.table")
	open := func(name string, built bool) {
		t.Helper()
		told := false
		table, err := dlogtable.Open(t.Context(), folder, bits, func(_, _ uint64) { told = true })
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if told != built {
			t.Errorf("%s: built = %v", name, told)
		}
		find(t, table)
	}
	open("an empty folder", true)
	open("a table", false)
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for name, damaged := range map[string][]byte{
		"a bit flipped": append(append([]byte{}, data[:len(data)-1]...), data[len(data)-1]^1),
		"truncated":     data[:len(data)/2],
		"empty":         {},
	} {
		if err := os.WriteFile(path, damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		open(name, true)
	}
	left, err := filepath.Glob(filepath.Join(folder, "*"))
	if err != nil || len(left) != 1 {
		t.Errorf("files: %v, %v", left, err)
	}
	if _, err := dlogtable.Open(t.Context(), folder, 99, nil); err == nil {
		t.Error("a table of 2^99 steps")
	}
	if _, err := dlogtable.Open(t.Context(), filepath.Join(path, "below a file"), bits, nil); err == nil {
		t.Error("a folder below a file")
	}
}

// TestShared: two solvers use one file of the cache folder; without a folder a
// solver still works.
func TestShared(t *testing.T) {
	cache := t.TempDir()
	t.Setenv("XDG_CACHE_HOME", cache)
	t.Setenv("HOME", cache)
	search := func(name string) {
		t.Helper()
		s, err := dlogtable.Shared(bits)
		if err != nil {
			t.Fatal(err)
		}
		if v, err := s.Find(t.Context(), elgamal.G(), 1<<12); err != nil || v != 1 {
			t.Errorf("%s: %d, %v", name, v, err)
		}
	}
	files := func() []string {
		t.Helper()
		var found []string
		if err := filepath.WalkDir(cache, func(path string, d os.DirEntry, err error) error {
			if err == nil && !d.IsDir() {
				found = append(found, path)
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
		return found
	}
	if _, err := dlogtable.Shared(bits); err != nil || len(files()) != 0 {
		t.Errorf("before a search: %v, %v", files(), err)
	}
	search("first")
	search("second")
	if got := files(); len(got) != 1 {
		t.Errorf("files: %v", got)
	}
	t.Setenv("XDG_CACHE_HOME", "")
	t.Setenv("HOME", "")
	search("no cache folder")
	if _, err := dlogtable.Shared(99); err == nil {
		t.Error("a table of 2^99 steps")
	}
}
