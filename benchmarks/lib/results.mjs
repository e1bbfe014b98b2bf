export async function save(results) {}
