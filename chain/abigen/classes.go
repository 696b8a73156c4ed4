package main

import (
	"encoding/json"
	"fmt"

	"github.com/NethermindEth/starknet.go/contracts"
	"github.com/NethermindEth/starknet.go/hash"
)

// classHash is the hash of a Sierra class.
func classHash(sierra []byte) (string, error) {
	var class contracts.ContractClass
	if err := json.Unmarshal(sierra, &class); err != nil {
		return "", fmt.Errorf("read the class: %w", err)
	}
	return hash.ClassHash(&class).String(), nil
}

// classesFile writes the hashes of the classes by contract.
func (e *emitter) classesFile(all []*contract) ([]byte, error) {
	e.line("// Classes are the hashes of the classes that this package was generated from, by contract.")
	e.line("var Classes = map[string]string{")
	for _, c := range all {
		e.line("%q: %q,", c.name, c.class)
	}
	e.line("}")
	return e.finish("the classes")
}
