package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sage-network/sage-node/internal/toolchain"
)

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestFindContracts(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "cairo_project.toml"), "[crate_roots]\nsage = \"src\"\n")
	write(t, filepath.Join(dir, "src", "lib.cairo"), "mod token;\nmod jobs;\n")
	write(t, filepath.Join(dir, "src", "token.cairo"), "#[starknet::contract]\npub mod Token {\n}\n")
	write(t, filepath.Join(dir, "src", "jobs", "manager.cairo"), "#[starknet::contract]\n#[feature(\"x\")]\nmod Jobs {\n}\n")
	write(t, filepath.Join(dir, "src", "jobs", "tests", "double.cairo"), "#[starknet::contract]\nmod Double {\n}\n")
	found, err := findContracts(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(found) != 2 || found[0] != (source{"sage::jobs::manager::Jobs", "Jobs"}) || found[1] != (source{"sage::token::Token", "Token"}) {
		t.Errorf("found %v", found)
	}
	write(t, filepath.Join(dir, "src", "other.cairo"), "#[starknet::contract]\nmod Jobs {\n}\n")
	if _, err := findContracts(dir); err == nil {
		t.Error("two contracts of one name are accepted")
	}
	write(t, filepath.Join(dir, "cairo_project.toml"), "[crate_roots]\n")
	if _, err := findContracts(dir); err == nil {
		t.Error("a project without a crate is accepted")
	}
}

func TestNormalise(t *testing.T) {
	got, err := normalise([]byte("{ \"b\": [1,  2],\n \"sierra_program_debug_info\": {\"x\": 1}, \"a\": {\"z\": null, \"y\": \"t <&> \"} }"))
	if err != nil {
		t.Fatal(err)
	}
	if want := "{\n\"b\":[1,2],\n\"a\":{\"z\":null,\"y\":\"t <&> \"}\n}\n"; string(got) != want {
		t.Errorf("got %q, want %q", got, want)
	}
	for _, bad := range []string{"", "{\"a\":", "{\"a\" 1}"} {
		if _, err := normalise([]byte(bad)); err == nil {
			t.Errorf("%q is accepted", bad)
		}
	}
}

// The sample contract's classes are what its source gives, and a change of either is noticed.
func TestBuildAndCheck(t *testing.T) {
	if _, err := toolchain.Find(t.Context(), toolchain.Compile); errors.Is(err, toolchain.ErrNotFound) {
		t.Skip("needs the Cairo compilers: ", err)
	}
	project := filepath.Join("..", "..", "chain", "internal", "sample", "contract")
	checked := filepath.Join("..", "..", "chain", "internal", "sample", "artifacts")
	if err := run(t.Context(), project, checked, true, 1); err != nil {
		t.Fatal(err)
	}
	out := t.TempDir()
	write(t, filepath.Join(out, "Old.sierra.json"), "{}")
	if err := run(t.Context(), project, out, false, 1); err != nil {
		t.Fatal(err)
	}
	if err := run(t.Context(), project, out, true, 1); err != nil {
		t.Errorf("just built: %v", err)
	}
	path := filepath.Join(out, "Sample.sierra.json")
	class, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	write(t, path, strings.Replace(string(class), "0x1", "0x2", 1))
	if err := run(t.Context(), project, out, true, 1); err == nil || !strings.Contains(err.Error(), "Sample.sierra.json") {
		t.Errorf("a changed class: %v", err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := run(t.Context(), project, out, true, 1); err == nil || !strings.Contains(err.Error(), "missing") {
		t.Errorf("a missing class: %v", err)
	}
}
