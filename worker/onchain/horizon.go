package onchain

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/sage-network/sage-node/chain/upgrades"
	"github.com/sage-network/sage-node/worker/executor"
	"github.com/sage-network/sage-node/worker/policy"
)

// Horizon bounds what a worker accepts by the upgrades that are announced.
type Horizon struct{ *upgrades.Watch }

var _ executor.Horizon = Horizon{}

// Allows implements executor.Horizon.
func (h Horizon) Allows(ctx context.Context, until uint64) error {
	err := h.Watch.Allows(ctx, time.Unix(int64(min(until, math.MaxInt32<<8)), 0))
	if errors.Is(err, upgrades.ErrUnknownClass) {
		return fmt.Errorf("%w: %w", policy.ErrRefused, err)
	}
	return err
}
