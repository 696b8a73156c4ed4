package main

import (
	"context"

	"github.com/NethermindEth/juno/core/felt"

	"github.com/sage-network/sage-node/job"
	"github.com/sage-network/sage-node/wire"
	"github.com/sage-network/sage-node/worker/hardware"
	"github.com/sage-network/sage-node/worker/identity"
)

// version is the program's, as manifests name it.
const version = "0.1.0"

// describe looks at this machine and returns the maker of its manifest for a tier. Registration stores
// the manifest's hash, and start shows the manifest to the coordinator: both make it here.
func describe(ctx context.Context, region string, address felt.Felt, id *identity.Identity) (func(job.Tier) wire.Manifest, error) {
	cpu, err := hardware.CPU(ctx)
	if err != nil {
		return nil, err
	}
	found := hardware.Detect(ctx, hardware.Sources()...)
	return func(tier job.Tier) wire.Manifest {
		return hardware.Manifest(hardware.Description{Wallet: address, Tier: tier, Region: region, ClientVersion: version}, cpu, found.Devices, id)
	}, nil
}
