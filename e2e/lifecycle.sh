#!/bin/bash
# Full E2E test script
set -euo pipefail
source "$(dirname "$0")/env.sh"

# 1. Start coordinator
sage-coordinator start &

# 2. Create worker wallet
sage-worker create-wallet --password test123

# 3. Request testnet tokens
sage-worker request-tokens

# 4. Stake and register
sage-worker stake --amount 1000 --gpu-tier T4
sage-worker register

# 5. Start worker
sage-worker start &

# 6. Submit test job
JOB_ID=$(sage-coordinator submit-job --type matmul --size "${SIZE:-1024}")

# 7. Wait for completion
sage-coordinator wait-job "$JOB_ID"

# 8. Check proof
sage-coordinator verify-proof "$JOB_ID"

# 9. Claim payment
sage-worker claim

# 10. Check balance
sage-worker balance
