package main

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/sage-network/sage-node/internal/toolchain"
)

const libOfParts = `#[cfg(or(not(part), part: 'one'))]
mod one {
    #[test]
    fn in_one() {
        assert!(1 + 1 == 2);
    }
}

#[cfg(or(not(part), part: 'two'))]
mod two {
    #[test]
    fn in_two() {
        assert!(1 + 2 == 3);
    }

    #[test]
    #[ignore]
    fn long() {
        assert!(1 + 1 == 3);
    }
}
`

func projectOf(t *testing.T, lib string) string {
	t.Helper()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "cairo_project.toml"), "[crate_roots]\nsmall = \"src\"\n\n[config.global]\nedition = \"2024_07\"\n")
	write(t, filepath.Join(dir, "src", "lib.cairo"), lib)
	return dir
}

func TestParts(t *testing.T) {
	dir := projectOf(t, libOfParts)
	found, err := findParts(dir)
	if err != nil || !slices.Equal(found, []string{"one", "two"}) {
		t.Errorf("parts %q, %v", found, err)
	}
	if found, err := findParts(projectOf(t, "fn f() {}\n")); err != nil || !slices.Equal(found, []string{""}) {
		t.Errorf("no parts: %q, %v", found, err)
	}
	folder := filepath.Join(t.TempDir(), "one")
	if err := projectOfPart(dir, "one", folder); err != nil {
		t.Fatal(err)
	}
	config, err := os.ReadFile(filepath.Join(folder, "cairo_project.toml"))
	if err != nil || !bytes.Contains(config, []byte(`["part", "one"]`)) || !bytes.Contains(config, []byte(filepath.Join(dir, "src"))) {
		t.Errorf("project %s, %v", config, err)
	}
	write(t, filepath.Join(dir, "cairo_project.toml"), "[crate_roots]\nsmall = \"src\"\n")
	if projectOfPart(dir, "one", folder) == nil {
		t.Error("a project without [config.global] is accepted")
	}
}

// The tests run, in every part; a failure, an ignored test that is asked for, and a filter that matches nothing are told.
func TestRunTests(t *testing.T) {
	if _, err := toolchain.Find(t.Context(), toolchain.CairoTest); errors.Is(err, toolchain.ErrNotFound) {
		t.Skip("needs cairo-test: ", err)
	}
	dir := projectOf(t, libOfParts)
	var out bytes.Buffer
	if err := runTests(t.Context(), dir, false, "", &out, io.Discard); err != nil {
		t.Errorf("%v\n%s", err, out.Bytes())
	}
	for _, line := range []string{"in_one ... ok", "in_two ... ok", "long ... ignored", "2 tests passed"} {
		if !strings.Contains(out.String(), line) {
			t.Errorf("no %q in\n%s", line, out.Bytes())
		}
	}
	if err := runTests(t.Context(), dir, true, "", io.Discard, io.Discard); err == nil || !strings.Contains(err.Error(), "part two") {
		t.Errorf("a test that fails: %v", err)
	}
	if err := runTests(t.Context(), dir, false, "no such test", io.Discard, io.Discard); !errors.Is(err, errNoTests) {
		t.Errorf("a filter that matches nothing: %v", err)
	}
	if err := runTests(t.Context(), projectOf(t, "fn f( {\n"), false, "", io.Discard, io.Discard); err == nil {
		t.Error("what does not compile passes")
	}
}

func TestCheckFormat(t *testing.T) {
	if _, err := toolchain.Find(t.Context(), toolchain.CairoFormat); errors.Is(err, toolchain.ErrNotFound) {
		t.Skip("needs cairo-format: ", err)
	}
	if err := checkFormat(t.Context(), projectOf(t, libOfParts), io.Discard, io.Discard); err != nil {
		t.Error(err)
	}
	var out bytes.Buffer
	if err := checkFormat(t.Context(), projectOf(t, "fn  f( ){ }\n"), &out, io.Discard); err == nil || out.Len() == 0 {
		t.Errorf("unformatted source: %v, %q", err, out.Bytes())
	}
}
