//go:build !linux

package arena

import "github.com/sage-network/sage-node/prover/m31"

// preferHugePages does nothing where the kernel does not take the request.
func preferHugePages([]m31.Element) {}
