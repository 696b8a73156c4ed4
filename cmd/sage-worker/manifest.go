package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"

	"github.com/NethermindEth/juno/core/felt"

	"github.com/sage-network/sage-node/internal/privatefile"
	"github.com/sage-network/sage-node/job"
	"github.com/sage-network/sage-node/wire"
	"github.com/sage-network/sage-node/worker/hardware"
	"github.com/sage-network/sage-node/worker/identity"
)

// version of this program, for the manifest; releases set it with -ldflags.
var version = "0.1.0"

// manifestFile keeps the manifest whose hash is registered on-chain.
const manifestFile = "manifest.json"

// describe looks at the machine and returns the maker of its signed manifest for a tier.
func describe(ctx context.Context, s settings, account felt.Felt, id *identity.Identity) (func(job.Tier) wire.Manifest, error) {
	cpu, err := hardware.CPU(ctx)
	if err != nil {
		return nil, err
	}
	found := hardware.Detect(ctx, hardware.Sources()...)
	return func(tier job.Tier) wire.Manifest {
		d := hardware.Description{Wallet: account, Tier: tier, Region: s.Region, ClientVersion: version}
		return hardware.Manifest(d, cpu, found.Devices, id)
	}, nil
}

func saveManifest(path string, m wire.Manifest) error {
	b, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	return privatefile.Write(path, b)
}

// registeredManifest reads the manifest that was registered; a machine that was changed since then
// registers anew. Without the file, or with one of another key, the machine is described again.
func registeredManifest(ctx context.Context, path string, s settings, account felt.Felt, tier job.Tier, id *identity.Identity) (wire.Manifest, error) {
	anew := func() (wire.Manifest, error) {
		manifest, err := describe(ctx, s, account, id)
		if err != nil {
			return wire.Manifest{}, err
		}
		return manifest(tier), nil
	}
	b, err := privatefile.Read(path, wire.MaxWorkerMessage)
	if errors.Is(err, fs.ErrNotExist) {
		return anew()
	}
	if err != nil {
		return wire.Manifest{}, err
	}
	var m wire.Manifest
	if err := json.Unmarshal(b, &m); err != nil {
		return wire.Manifest{}, fmt.Errorf("%s: %w", path, err)
	}
	if m.NodeID != id.NodeID() || felt.Felt(m.Wallet) != account || wire.VerifyNode(id.NodeKey(), wire.ManifestDigest(m), m.Signature) != nil {
		return anew()
	}
	return m, nil
}
