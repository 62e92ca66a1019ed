/* The yardstick for the compiled engine: the lesson's training as straight-line C.

   2-4-4-1, ReLU, ReLU, sigmoid with binary cross-entropy, full batch, plain gradient descent, float32. The arithmetic is
   the engine's: the forward pass, the slope p - y at the output, the backward pass, the mean gradient, one step. No loss is
   computed and nothing is checked, so it is a little less work than the engine does.

   gcc -O3 -march=native -ffast-math -shared -fPIC lesson_kernel.c -o lesson_kernel.so -lm                              */

#include <math.h>
#include <stdlib.h>

static inline float relu(float z) { return z > 0.0f ? z : 0.0f; }

void train(float *restrict p, const float *restrict x, const float *restrict y, int n, int epochs, float lr)
{
    /* whole vectors, as the engine has them: rows of weight 0 at the end instead of a scalar remainder */
    const int vectors = (n + 15) / 16, size = 16 * vectors;
    float *u = aligned_alloc(64, 4 * sizeof(float) * size), *v = u + size, *t = v + size, *w = t + size;
    for (int i = 0; i < size; i++) {
        u[i] = i < n ? x[2 * i] : 0.0f;
        v[i] = i < n ? x[2 * i + 1] : 0.0f;
        t[i] = i < n ? y[i] : 0.0f;
        w[i] = i < n ? 1.0f / n : 0.0f;
    }
    float *w1 = p, *b1 = p + 8, *w2 = p + 12, *b2 = p + 28, *w3 = p + 32, *b3 = p + 36;
    for (int epoch = 0; epoch < epochs; epoch++) {
        float g1[8] = {0}, h1[4] = {0}, g2[16] = {0}, h2[4] = {0}, g3[4] = {0}, h3 = 0;
#pragma GCC ivdep
        for (int i = 0; i < 16 * vectors; i++) {
            float a1[4], a2[4], d1[4], d2[4];
#pragma GCC unroll 4
            for (int j = 0; j < 4; j++) a1[j] = relu(w1[2 * j] * u[i] + w1[2 * j + 1] * v[i] + b1[j]);
#pragma GCC unroll 4
            for (int j = 0; j < 4; j++)
                a2[j] = relu(w2[4 * j] * a1[0] + w2[4 * j + 1] * a1[1] + w2[4 * j + 2] * a1[2] + w2[4 * j + 3] * a1[3] + b2[j]);
            float z = w3[0] * a2[0] + w3[1] * a2[1] + w3[2] * a2[2] + w3[3] * a2[3] + b3[0];
            float c = z > 80.0f ? 80.0f : z < -80.0f ? -80.0f : z; /* fast-math turns 1 / inf into NaN */
            float d = (1.0f / (1.0f + expf(-c)) - t[i]) * w[i];
            h3 += d;
#pragma GCC unroll 4
            for (int j = 0; j < 4; j++) {
                g3[j] += d * a2[j];
                d2[j] = a2[j] > 0.0f ? d * w3[j] : 0.0f;
                h2[j] += d2[j];
            }
#pragma GCC unroll 4
            for (int k = 0; k < 4; k++) {
                float s = 0;
#pragma GCC unroll 4
                for (int j = 0; j < 4; j++) {
                    g2[4 * j + k] += d2[j] * a1[k];
                    s += w2[4 * j + k] * d2[j];
                }
                d1[k] = a1[k] > 0.0f ? s : 0.0f;
                h1[k] += d1[k];
                g1[2 * k] += d1[k] * u[i];
                g1[2 * k + 1] += d1[k] * v[i];
            }
        }
        for (int k = 0; k < 8; k++) w1[k] -= lr * g1[k];
        for (int k = 0; k < 4; k++) b1[k] -= lr * h1[k];
        for (int k = 0; k < 16; k++) w2[k] -= lr * g2[k];
        for (int k = 0; k < 4; k++) b2[k] -= lr * h2[k];
        for (int k = 0; k < 4; k++) w3[k] -= lr * g3[k];
        b3[0] -= lr * h3;
    }
    free(u);
}
