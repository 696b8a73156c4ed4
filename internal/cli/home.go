package cli

import (
	"fmt"
	"os"
	"path/filepath"
)

// Home is the folder that holds a person's SAGE files: $SAGE_HOME, or ~/.sage. Each role has a
// folder of its own in it, so that a worker and a coordinator can share one home:
//
//	networks/<name>.json            network profiles
//	<role>/wallet/account.json      keystores (Web3 Secret Storage)
//	<role>/wallet/elgamal.json
//	<role>/wallet/vote.json         validators
//	<role>/node.key                 libp2p and liveness key
//	<role>/config.toml              settings
//	<role>/…                        databases, journals, blobs
//
// role is worker, coordinator or validator.
type Home string

// DefaultHome is $SAGE_HOME, or ~/.sage.
func DefaultHome() (Home, error) {
	if h := os.Getenv("SAGE_HOME"); h != "" {
		return Home(h), nil
	}
	h, err := os.UserHomeDir()
	if err != nil {
		return "", Environment(err, "set SAGE_HOME to a folder that is yours")
	}
	return Home(filepath.Join(h, ".sage")), nil
}

// Role is a role's folder, made with mode 0700 when missing.
func (h Home) Role(role string) (string, error) {
	dir := filepath.Join(string(h), role)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", Environment(fmt.Errorf("cannot make %s: %w", dir, err), "check the folder's owner, or set SAGE_HOME")
	}
	return dir, nil
}

// Networks is the folder of network profiles.
func (h Home) Networks() string { return filepath.Join(string(h), "networks") }
