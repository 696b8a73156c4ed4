// Package contracts holds the compiled classes of the project's contracts.
//
// The files in artifacts are what contracts/build makes of the Cairo source in src; they are checked in, so that no Cairo
// compiler is needed to run or deploy.
package contracts

import (
	"embed"
	"fmt"
	"io/fs"
	"strings"
)

//go:embed artifacts/*.json
var artifacts embed.FS

// Class is a compiled contract as the compilers write it.
type Class struct {
	Sierra, CASM []byte
}

// Load returns the class of the contract with this name, such as JobManager.
func Load(name string) (Class, error) {
	sierra, err := artifacts.ReadFile("artifacts/" + name + ".sierra.json")
	if err != nil {
		return Class{}, fmt.Errorf("contracts: no class of the name %q: %w", name, err)
	}
	casm, err := artifacts.ReadFile("artifacts/" + name + ".casm.json")
	if err != nil {
		return Class{}, fmt.Errorf("contracts: no compiled class of the name %q: %w", name, err)
	}
	return Class{Sierra: sierra, CASM: casm}, nil
}

// Names lists the contracts in alphabetical order.
func Names() []string {
	paths, err := fs.Glob(artifacts, "artifacts/*.sierra.json")
	if err != nil {
		panic(err) // the pattern is a constant
	}
	names := make([]string, len(paths))
	for i, p := range paths {
		names[i] = strings.TrimSuffix(strings.TrimPrefix(p, "artifacts/"), ".sierra.json")
	}
	return names
}
