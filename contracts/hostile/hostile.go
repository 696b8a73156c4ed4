// Package hostile holds contracts that SAGE's contracts are tested against: a token that misbehaves, a puppet that plays
// many accounts, and an account of a class new enough for Sierra gas. They are no part of what is deployed. The attacks
// are in the package's tests.
package hostile

import (
	"embed"
	"fmt"

	"github.com/sage-network/sage-node/contracts"
)

//go:generate go run ../build -project contract -out artifacts

//go:embed artifacts/*.json
var artifacts embed.FS

// Load returns the class of HostileToken, PlainAccount or Puppet.
func Load(name string) (contracts.Class, error) {
	sierra, err := artifacts.ReadFile("artifacts/" + name + ".sierra.json")
	if err != nil {
		return contracts.Class{}, fmt.Errorf("hostile: no class of the name %q: %w", name, err)
	}
	casm, err := artifacts.ReadFile("artifacts/" + name + ".casm.json")
	if err != nil {
		return contracts.Class{}, fmt.Errorf("hostile: no compiled class of the name %q: %w", name, err)
	}
	return contracts.Class{Sierra: sierra, CASM: casm}, nil
}
