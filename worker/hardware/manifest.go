package hardware

import (
	"context"
	"fmt"

	"github.com/NethermindEth/juno/core/felt"
	"github.com/shirou/gopsutil/v4/cpu"
	"github.com/shirou/gopsutil/v4/mem"

	"github.com/sage-network/sage-node/job"
	"github.com/sage-network/sage-node/wire"
)

// CPU reads the processor's model, the logical processors and the memory.
func CPU(ctx context.Context) (wire.CPU, error) {
	infos, err := cpu.InfoWithContext(ctx)
	if err != nil {
		return wire.CPU{}, fmt.Errorf("hardware: processor: %w", err)
	}
	cores, err := cpu.CountsWithContext(ctx, true)
	if err != nil {
		return wire.CPU{}, fmt.Errorf("hardware: processors: %w", err)
	}
	memory, err := mem.VirtualMemoryWithContext(ctx)
	if err != nil {
		return wire.CPU{}, fmt.Errorf("hardware: memory: %w", err)
	}
	c := wire.CPU{Model: "unknown", Cores: cores, RAMGB: int((memory.Total + 1<<29) >> 30)}
	if len(infos) > 0 && infos[0].ModelName != "" {
		c.Model = infos[0].ModelName
	}
	return c, nil
}

// Tier is the tier of the best GPU that the checked-in table knows; Consumer without one.
func Tier(devices []Device) job.Tier {
	best := job.TierConsumer
	for _, d := range devices {
		if t, ok := job.TierOfGPU(d.Model); ok && t > best {
			best = t
		}
	}
	return best
}

// Signer is the node key.
type Signer interface {
	NodeID() job.Hash
	PayloadKey() []byte
	Sign(digest [32]byte) []byte
}

// Description is what the operator says and the machine cannot know.
type Description struct {
	Wallet        felt.Felt
	Tier          job.Tier // the staked tier
	Region        string
	ClientVersion string
}

// Manifest writes and signs the capability manifest. It is deterministic: the same machine, keys and
// description give the same bytes, so that its hash on-chain stays true over restarts.
func Manifest(d Description, c wire.CPU, devices []Device, key Signer) wire.Manifest {
	m := wire.Manifest{
		NodeID:              key.NodeID(),
		Wallet:              wire.Felt(d.Wallet),
		Tier:                d.Tier,
		CPU:                 c,
		GPU:                 Models(devices),
		Region:              d.Region,
		WorkloadClasses:     []string{"proving." + job.TypeMatmul},
		MaxParallelSubtasks: 1,
		ClientVersion:       d.ClientVersion,
		PayloadKey:          key.PayloadKey(),
	}
	m.Signature = key.Sign(wire.ManifestDigest(m))
	return m
}
