//go:build unix

package toolchain

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func install(t *testing.T, folder, version string) string {
	t.Helper()
	path := filepath.Join(folder, "a-tool")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("#!/bin/sh\necho a-tool "+version+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestFind(t *testing.T) {
	tool := Tool{Name: "a-tool", Version: "1.2.3"}
	tools, path, cache := t.TempDir(), t.TempDir(), t.TempDir()
	t.Setenv(DirVariable, tools)
	t.Setenv("PATH", path)
	t.Setenv("XDG_CACHE_HOME", cache)
	expect := func(want string) {
		t.Helper()
		got, err := Find(t.Context(), tool)
		if err != nil || got != want {
			t.Errorf("found %q, %v; want %q", got, err, want)
		}
	}
	if _, err := Find(t.Context(), tool); !errors.Is(err, ErrNotFound) || !strings.Contains(err.Error(), "cargo install") {
		t.Errorf("nowhere: %v", err)
	}
	cached := install(t, filepath.Join(cache, "sage", "tools", "bin"), "1.2.3")
	expect(cached)
	onPath := install(t, path, "1.2.3")
	expect(onPath)
	chosen := install(t, filepath.Join(tools, "bin"), "1.2.3")
	expect(chosen)
	// Another version is passed over, and named where there is no other.
	install(t, filepath.Join(tools, "bin"), "9.9.9")
	expect(onPath)
	install(t, path, "0.0.1")
	install(t, filepath.Join(cache, "sage", "tools", "bin"), "0.0.1")
	if _, err := Find(t.Context(), tool); !errors.Is(err, ErrNotFound) || !strings.Contains(err.Error(), "9.9.9") {
		t.Errorf("other versions only: %v", err)
	}
	// Without cargo nothing can be built.
	if _, err := Ensure(t.Context(), tool, os.Stderr); !errors.Is(err, ErrNotFound) || !strings.Contains(err.Error(), "cargo") {
		t.Errorf("no cargo: %v", err)
	}
}
