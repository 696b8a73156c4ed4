package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// source is a contract in the project: its Cairo path and its name.
type source struct{ path, name string }

var (
	contractModule = regexp.MustCompile(`(?m)^#\[starknet::contract(?:\(account\))?\]\s*(?:#\[[^\]]*\]\s*)*(?:pub )?mod (\w+)`)
	crateRoot      = regexp.MustCompile(`(?m)^\[crate_roots\]\s*\n(\w+)\s*=\s*"src"`)
)

// findContracts lists the contracts under src, by name; folders named tests hold none.
func findContracts(project string) ([]source, error) {
	config, err := os.ReadFile(filepath.Join(project, "cairo_project.toml"))
	if err != nil {
		return nil, err
	}
	root := crateRoot.FindSubmatch(config)
	if root == nil {
		return nil, fmt.Errorf("%s names no crate root \"src\"", filepath.Join(project, "cairo_project.toml"))
	}
	src := filepath.Join(project, "src")
	var found []source
	err = filepath.WalkDir(src, func(path string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case e.IsDir() && e.Name() == "tests":
			return filepath.SkipDir
		case e.IsDir() || !strings.HasSuffix(path, ".cairo"):
			return nil
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(src, path)
		if err != nil {
			return err
		}
		module := strings.ReplaceAll(strings.TrimSuffix(filepath.ToSlash(relative), ".cairo"), "/", "::")
		module = string(root[1]) + "::" + module + "::"
		if relative == "lib.cairo" {
			module = string(root[1]) + "::"
		}
		for _, m := range contractModule.FindAllSubmatch(content, -1) {
			found = append(found, source{path: module + string(m[1]), name: string(m[1])})
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("no #[starknet::contract] under %s", src)
	}
	slices.SortFunc(found, func(a, b source) int { return strings.Compare(a.name, b.name) })
	for i := range found[1:] {
		if found[i].name == found[i+1].name {
			return nil, fmt.Errorf("%s and %s have the same name", found[i].path, found[i+1].path)
		}
	}
	return found, nil
}

// normalise makes a class compact: one line for each field, in the compiler's order, without debug information and hints
// in Python, which nobody reads and no hash covers.
func normalise(class []byte) ([]byte, error) {
	in := json.NewDecoder(bytes.NewReader(class))
	if _, err := in.Token(); err != nil {
		return nil, err
	}
	var out bytes.Buffer
	out.WriteString("{")
	first := true
	for in.More() {
		key, err := in.Token()
		if err != nil {
			return nil, err
		}
		var value json.RawMessage
		if err := in.Decode(&value); err != nil {
			return nil, err
		}
		if key == "sierra_program_debug_info" || key == "pythonic_hints" {
			continue
		}
		if !first {
			out.WriteString(",")
		}
		first = false
		fmt.Fprintf(&out, "\n%q:", key)
		if err := json.Compact(&out, value); err != nil {
			return nil, err
		}
	}
	out.WriteString("\n}\n")
	return out.Bytes(), nil
}
