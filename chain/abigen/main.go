// Command abigen writes the Go bindings of the contracts from the ABIs in their compiled classes.
//
//	go run ./chain/abigen [-artifacts contracts/artifacts] [-out chain/bindings] [-package bindings]
//
// For each <Name>.sierra.json it writes <name>.go with a type Name: a method per entry point (builders of calls for those
// that change state, reads for views), the constructor's calldata, and the events with their decoder. Structs and enums
// that contracts share are in types.go, the hashes of the classes in classes.go. The output depends on nothing but the input.
package main

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

func main() {
	artifacts := flag.String("artifacts", "contracts/artifacts", "folder of the compiled classes, <Name>.sierra.json")
	out := flag.String("out", "chain/bindings", "folder to write, whose generated files are replaced")
	pkg := flag.String("package", "bindings", "name of the Go package")
	flag.Parse()
	if err := run(*artifacts, *out, *pkg); err != nil {
		fmt.Fprintln(os.Stderr, "abigen:", err)
		os.Exit(1)
	}
}

func run(artifacts, out, pkg string) error {
	files, err := generate(artifacts, pkg)
	if err != nil {
		return err
	}
	old, err := generatedFiles(out)
	if err != nil {
		return err
	}
	for _, name := range old {
		if _, ok := files[name]; !ok {
			if err := os.Remove(filepath.Join(out, name)); err != nil {
				return err
			}
		}
	}
	for name, source := range files {
		if err := os.WriteFile(filepath.Join(out, name), source, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// generatedFiles lists the files in a folder that an earlier run wrote.
func generatedFiles(folder string) ([]string, error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".go") {
			continue
		}
		content, err := os.ReadFile(filepath.Join(folder, e.Name()))
		if err != nil {
			return nil, err
		}
		if bytes.HasPrefix(content, []byte(header)) {
			names = append(names, e.Name())
		}
	}
	return names, nil
}

// generate returns the source files of the package, by name, for all classes in a folder.
func generate(artifacts, pkg string) (map[string][]byte, error) {
	paths, err := filepath.Glob(filepath.Join(artifacts, "*.sierra.json"))
	if err != nil {
		return nil, err
	}
	if len(paths) == 0 {
		return nil, fmt.Errorf("no *.sierra.json in %s: compile the contracts first (go run ./contracts/build)", artifacts)
	}
	slices.Sort(paths)
	var contracts []*contract
	for _, path := range paths {
		class, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		c, err := parseContract(strings.TrimSuffix(filepath.Base(path), ".sierra.json"), class)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		if c.class, err = classHash(class); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		contracts = append(contracts, c)
	}
	names, err := nameTypes(contracts)
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{}
	e := emitter{pkg: pkg, names: names}
	if files["types.go"], err = e.typesFile(contracts); err != nil {
		return nil, err
	}
	if files["classes.go"], err = e.classesFile(contracts); err != nil {
		return nil, err
	}
	for _, c := range contracts {
		if files[snake(c.name)+".go"], err = e.contractFile(c); err != nil {
			return nil, fmt.Errorf("contract %s: %w", c.name, err)
		}
	}
	return files, nil
}
